/** Makes identifiers that cannot be guessed and do not repeat: error ids, admission ids. */
export type RandomId = () => string;

/** 122 random bits from the runtime's cryptographic source (RFC 9562, version 4). */
export const randomId: RandomId = () => crypto.randomUUID();
