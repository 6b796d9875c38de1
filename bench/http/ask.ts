import type { Question } from './question.js';

/** Asks once. Returns the answer's JSON text. Throws when it is wrong, before any load is put on a server. */
export async function ask(url: string, { headers, body, fault }: Question): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  const answer = messageIn(text);
  const wrong = response.ok ? fault(resultOf(answer)) : `has status ${response.status}`;
  if (wrong !== undefined) throw new Error(`The answer of ${url} ${wrong}: ${text.slice(0, 500)}`);
  return answer;
}

/** The body, or the one event with a message when it is a stream. */
function messageIn(text: string): string {
  return /^data: (\{.*)$/m.exec(text)?.[1] ?? text;
}

function resultOf(answer: string): unknown {
  try {
    return (JSON.parse(answer) as { readonly result?: unknown }).result;
  } catch {
    return undefined;
  }
}
