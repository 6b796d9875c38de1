import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { errorTable } from '@sallyport/core';

/** The reference page, made from the table that the code answers with. */
export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { means, retry, http, owner, action }]) =>
      `| \`${code}\` | ${means} | ${retry} | ${http} | ${owner} | ${action} |`,
  );
  return `<!-- Generated from packages/core/src/error-table.ts by \`npx pnpm@12 docs:errors\`. Do not edit. -->
# Errors

Every failure has a code from this table. The code, not the text, is what programs should read.

An error from a tool is a tool result, so that the model sees it:

\`\`\`json
{
  "isError": true,
  "content": [
    { "type": "text", "text": "RATE_LIMITED: 60 calls per minute reached for this agent. Try again in 47 seconds." }
  ],
  "_meta": {
    "dev.sallyport/error": {
      "code": "RATE_LIMITED",
      "retryable": true,
      "retryAfterMs": 46512,
      "errorId": "0b8d6c1e-6c0f-4d0e-9a57-0f7a3f0f6a53",
      "limit": "60 calls per minute reached for this agent"
    }
  }
}
\`\`\`

- \`retryable\` says whether the same call, unchanged, can succeed later. \`retryAfterMs\` says when.
- \`errorId\` is in the server's log next to the cause. The cause itself is never sent.
- An error that is the answer to a repeated call has \`"dev.sallyport/replayed": true\` in \`_meta\`, beside the error, as every
  [replayed answer](idempotency.md) has. Its text and data are those of the first answer; its \`errorId\` is its own.
- The data is in \`_meta\` and not in \`structuredContent\`, which some clients check against the tool's output schema even
  when the result is an error.
- A failed resource or prompt request is a JSON-RPC error with the same data in \`error.data\`. An unknown tool is −32602,
  and so are params that the protocol itself does not allow (a cursor that is no text).
- An answer of a handler's that the protocol does not allow (a block of an unknown type, bad base64, a resource without \`uri\`)
  is \`INTERNAL\`, as anything else that a handler does wrong: of a tool, a resource or a prompt.
- The HTTP column is the status where the failure is answered by the edge, before any tool runs.

| code | means | try again | HTTP | owner | what the owner does |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(new URL('errors.md', import.meta.url), errorsPage());
}
