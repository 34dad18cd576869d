import { expect, test } from 'vitest';
import { connectFailureOf } from '../../../src/worker/program.ts';

// As told by the core of SDK 1.24.0.
test.each([
  [
    'nobody listens',
    'tonic::transport::Error(Transport, ConnectError(ConnectError("tcp connect error", 127.0.0.1:1, Os { code: 111, kind: ConnectionRefused, message: "Connection refused" })))',
    'Connection refused',
  ],
  [
    'an unknown host',
    'tonic::transport::Error(Transport, ConnectError(ConnectError("dns error", Custom { kind: Uncategorized, error: "failed to lookup address information: Name or service not known" })))',
    'failed to lookup address information: Name or service not known',
  ],
  [
    'a certificate of nobody',
    'tonic::transport::Error(Transport, ConnectError(Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) }))',
    'its certificate is not trusted (UnknownIssuer)',
  ],
  ['anything else', 'no answer within 10 s', 'no answer within 10 s'],
])('%s is told in words', (_, said, told) => {
  expect(connectFailureOf(new Error(said))).toBe(told);
});
