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
 * Secrets that open nothing, of every shape that is known: tokens, keys of services, passwords in addresses, assignments, JSON and
 * cookies, private keys, e-mail addresses, card numbers. The same for the same seed. For tests that look for them where they must not be.
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
    () => whole(card(`4${of(digits, 14)}`)),
    () => whole(card(`4${of(digits, 14)}`).replaceAll(/\d{4}(?=\d)/g, '$& ')),
    () => whole(card(`37${of(digits, 12)}`)),
    () => around('DB_PASSWORD=', of(letters + digits, 8)),
    () => around('PGPASSWORD=', of(letters, 8)),
    () => around('refresh_token=', of(letters, 9)),
    () => around('access_token: ', of(letters, 9)),
    () => around('{"accessToken":"', of(letters, 9), '"}'),
    () => around('{"dbPassword":"', of(letters, 9), '"}'),
    () => around('AWS_SECRET_ACCESS_KEY=', of(letters, 9)),
    () => around('app.secret_key=', of(letters, 9)),
    () => around('{"password":"correct horse ', of(letters, 9), '","user":"ada"}'),
    () => around("PASSPHRASE='correct horse ", of(letters, 9), "'"),
    () => around('cookie: theme=dark; session=', of(letters, 9)),
  ];
  return Array.from({ length: count }, (_, index) => shapes[index % shapes.length]?.() ?? whole(''));
}

/** The digits and their check digit (ISO/IEC 7812-1, annex B). */
function card(digits: string): string {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const times = Number(digit) * (index % 2 === 0 ? 2 : 1);
    sum += times > 9 ? times - 9 : times;
  }
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
