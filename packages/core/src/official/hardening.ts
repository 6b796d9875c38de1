import type { Tool } from '../tool.js';
import type { OfficialServer } from './official-server.js';

/** What is known of a hardened server. */
interface Hardening<S extends OfficialServer> {
  /** By method. */
  readonly guards: ReadonlyMap<string, Tool>;
  /** The server's own `setRequestHandler`, which guards nothing. */
  readonly install: S['setRequestHandler'];
}

const hardenings = new WeakMap<OfficialServer, Hardening<OfficialServer>>();

/** `undefined` for a server that is not hardened. */
export function hardeningOf<S extends OfficialServer>(server: S): Hardening<S> | undefined {
  return hardenings.get(server) as Hardening<S> | undefined;
}

export function setHardening<S extends OfficialServer>(server: S, hardening: Hardening<S>): void {
  hardenings.set(server, hardening as Hardening<OfficialServer>);
}
