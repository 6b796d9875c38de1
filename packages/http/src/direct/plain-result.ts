import type { ContentBlock, ToolResult } from '@sallyport/core';
import type { Era } from '../era.js';

/** Writes the `result` of an answer, exactly as the official handler of the era would. */
export type ResultWriter = (result: ToolResult, era: Era) => string | undefined;

const serverInfoKey = 'io.modelcontextprotocol/serverInfo';
const ownMeta = 'dev.sallyport/';

/**
 * Makes a writer for results that need nothing of the SDK: text blocks, structured content, `_meta` of our own. For any other
 * it answers `undefined`. The order of members is the SDK's.
 */
export function plainResult(serverInfo: object): ResultWriter {
  const stamp = `"${serverInfoKey}":${JSON.stringify(serverInfo)}`;
  return (result, era) => {
    for (const key in result) if (!isKnown(key) && result[key] !== undefined) return undefined;
    const { content, structuredContent, isError, _meta } = result;
    if (isError !== undefined && typeof isError !== 'boolean') return undefined;
    if (structuredContent !== undefined && !isPlain(structuredContent)) return undefined;
    const blocks = textBlocks(content);
    if (blocks === undefined) return undefined;
    let text = '{';
    if (_meta !== undefined) {
      const members = ownMembers(_meta);
      if (members === undefined) return undefined;
      const stamped = members === '' ? stamp : `${members},${stamp}`;
      text += `"_meta":{${era === 'modern' ? stamped : members}},`;
    }
    text += `"content":[${blocks}]`;
    if (structuredContent !== undefined) text += `,"structuredContent":${JSON.stringify(structuredContent)}`;
    if (isError !== undefined) text += `,"isError":${isError}`;
    if (era === 'legacy') return `${text}}`;
    return `${text},"resultType":"complete"${_meta === undefined ? `,"_meta":{${stamp}}` : ''}}`;
  };
}

function isKnown(key: string): boolean {
  return key === 'content' || key === 'structuredContent' || key === 'isError' || key === '_meta';
}

function textBlocks(content: readonly ContentBlock[] | undefined): string | undefined {
  if (!Array.isArray(content)) return undefined;
  let text = '';
  for (const block of content as readonly ContentBlock[]) {
    if (typeof block !== 'object' || block === null || block.type !== 'text') return undefined;
    for (const key in block) if (key !== 'type' && key !== 'text') return undefined;
    if (typeof block.text !== 'string') return undefined;
    text += `${text === '' ? '' : ','}{"type":"text","text":${JSON.stringify(block.text)}}`;
  }
  return text;
}

/** The members as JSON text; `undefined` when one of them may mean something to the SDK. */
function ownMembers(meta: unknown): string | undefined {
  if (!isPlain(meta)) return undefined;
  for (const key in meta) if (!key.startsWith(ownMeta)) return undefined;
  return JSON.stringify(meta).slice(1, -1);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return !('toJSON' in value) && !Object.hasOwn(value, '__proto__');
}
