import { randomFrom } from './random-from.js';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const base64 = `${letters}${digits}-_`;

/** A secret that opens nothing: the part that nobody may read, and how it stands in a text. */
export interface MadeUpSecret {
  readonly core: string;
  readonly text: string;
}

/**
 * Secrets that open nothing, of every shape that is known: tokens, keys of services, passwords in addresses and assignments, private
 * keys, e-mail addresses, card numbers. The same for the same seed. For tests that look for them where they must not be.
 *
 * @example
 * ```ts
 * import { madeUpSecrets } from '@sallyport/testkit';
 *
 * const [{ core = '', text = '' } = {}] = madeUpSecrets(1, 7);
 * console.log(text.includes(core)); // true
 * ```
 */
export function madeUpSecrets(count: number, seed: number): MadeUpSecret[] {
  const random = randomFrom(seed);
  const of = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  const whole = (core: string): MadeUpSecret => ({ core, text: core });
  const around = (before: string, core: string, after = ''): MadeUpSecret => ({ core, text: before + core + after });
  const shapes: (() => MadeUpSecret)[] = [
    () => around('Bearer ', of(base64, 40)),
    () => around('authorization: Bearer ', of(`${letters}${digits}`, 12)),
    () => whole(`eyJ${of(base64, 30)}.${of(base64, 60)}.${of(base64, 43)}`),
    () => whole(`sk_live_${of(letters + digits, 24)}`),
    () => whole(`ghp_${of(letters + digits, 36)}`),
    () => whole(`AKIA${of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`),
    () => whole(`xoxb-${of(digits, 12)}-${of(letters + digits, 24)}`),
    () => around('password=', of(letters + digits, 10)),
    () => around('{"client_secret":"', of(base64, 20), '"}'),
    () => around('api_key: ', of(letters + digits, 16)),
    () => around('connect postgres://app:', of(letters + digits, 9), '@db:5432/shop failed'),
    () => around('-----BEGIN PRIVATE KEY-----\n', of(`${base64}+/`, 64), '\n-----END PRIVATE KEY-----'),
    () => whole(of('0123456789abcdef', 32)),
    () => whole(of(base64, 43)),
    () => whole(`${of(letters, 8)}@${of(letters, 8)}.example`.toLowerCase()),
    () => whole(`4${of(digits, 15)}`),
    () => whole(`4${of(digits, 3)} ${of(digits, 4)} ${of(digits, 4)} ${of(digits, 4)}`),
  ];
  return Array.from({ length: count }, (_, index) => shapes[index % shapes.length]?.() ?? whole(''));
}
