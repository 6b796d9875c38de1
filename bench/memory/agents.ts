import { tokenIssuer } from '@sallyport/testkit';

/** Agents with tokens of their own. */
export interface Agents {
  /** What a server needs to verify the tokens, as JSON. */
  readonly issuer: string;
  readonly tokens: readonly string[];
}

/** Mints the tokens, some at a time. `progress` is told how many there are. */
export async function mintAgents(count: number, progress: (minted: number) => void): Promise<Agents> {
  const issuer = await tokenIssuer();
  const tokens: string[] = [];
  const mint = () => issuer.mint({ subject: `agent-${tokens.length}`, expiresInSeconds: 24 * 60 * 60 });
  while (tokens.length < count) {
    tokens.push(await mint());
    if (tokens.length % 10_000 === 0) progress(tokens.length);
  }
  const { issuer: name, audience } = issuer;
  return { issuer: JSON.stringify({ issuer: name, audience, jwks: issuer.jwks() }), tokens };
}
