/**
 * Whether no top-level member name of a JSON object occurs twice. RFC 7519 section 4 wants claim names unique; a parser
 * that takes the last one and another that takes the first would disagree about who the caller is. What
 * it says of a text that is not JSON means nothing, but takes no longer for it: anybody may send one.
 */
export function hasUniqueMembers(json: string): boolean {
  const names = new Set<string>();
  let depth = 0;
  // Strings are skipped whole, so that brackets in them do not count.
  for (const [token, isName] of tokens(json)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && isName) {
      const name = JSON.parse(token) as string;
      if (names.has(name)) return false;
      names.add(name);
    }
  }
  return true;
}

function* tokens(json: string): Generator<readonly [token: string, isName: boolean]> {
  // A string without an end goes to the end of the text: otherwise each quote in it would be tried as a beginning.
  for (const match of json.matchAll(/"(?:[^"\\]|\\.?)*(?:"(\s*:)?|$)|[{}[\]]/gs)) {
    const [token, colon] = match;
    yield [colon === undefined ? token : token.slice(0, -colon.length), colon !== undefined];
  }
}
