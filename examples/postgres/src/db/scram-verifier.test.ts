import { expect, it } from 'vitest';
import { scramVerifier } from './scram-verifier.js';

it('gives the keys of RFC 7677', () => {
  // Section 3: user "user", password "pencil".
  expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoGWGPlZqQxSrmCjZnIVbI=',
  );
});
