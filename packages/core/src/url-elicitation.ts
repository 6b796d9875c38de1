/** JSON-RPC code of the one error that both SDKs hand to the client as it is (MCP 2025-11-25, elicitation in URL mode). */
const urlElicitationRequired = -32042;

/** Whether the SDK itself must answer this: "open this URL first". It is thrown before anything is done. */
export function isUrlElicitation(thrown: unknown): boolean {
  try {
    return thrown instanceof Error && (thrown as { code?: unknown }).code === urlElicitationRequired;
  } catch {
    return false;
  }
}
