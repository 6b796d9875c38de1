/** The JSON-RPC response with that id among the server-sent events of a text (WHATWG HTML, section 9.2), if it is there. */
export function eventWithId(text: string, id: number): string | undefined {
  for (const event of text.split(/\r?\n\r?\n/)) {
    const data = [...event.matchAll(/^data:[ ]?(.*?)\r?$/gm)].map(([, line]) => line).join('\n');
    if (data !== '' && isResponse(data, id)) return data;
  }
  return undefined;
}

/** Events of the server itself, such as progress, have no such id or have a method. */
function isResponse(data: string, id: number): boolean {
  try {
    const message = JSON.parse(data) as { readonly id?: unknown; readonly method?: unknown } | null;
    return message !== null && typeof message === 'object' && message.id === id && message.method === undefined;
  } catch {
    return false;
  }
}
