import { expect, test } from 'vitest';
import { connectFailureOf, refusalIn } from '../../../src/worker-host/connect.ts';

// The texts come from the core of SDK 1.24.0.
test.each([
  [
    'a port without a server',
    'tonic::transport::Error(Transport, ConnectError(ConnectError("tcp connect error", 127.0.0.1:1, Os { code: 111, kind: ConnectionRefused, message: "Connection refused" })))',
    'Connection refused',
  ],
  [
    'an unknown host',
    'tonic::transport::Error(Transport, ConnectError(ConnectError("dns error", Custom { kind: Uncategorized, error: "failed to lookup address information: Name or service not known" })))',
    'failed to lookup address information: Name or service not known',
  ],
  [
    'a certificate without a trusted authority',
    'tonic::transport::Error(Transport, ConnectError(Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) }))',
    'its certificate is not trusted (UnknownIssuer)',
  ],
  ['anything else', 'no answer within 10 s', 'no answer within 10 s'],
])('%s is described in words', (_, said, told) => {
  expect(connectFailureOf(new Error(said))).toBe(told);
});

test.each([
  [
    'a connection',
    `Failed to call GetSystemInfo: code: 'The request does not have valid authentication credentials', message: "Request unauthorized."`,
    'Request unauthorized.',
  ],
  [
    'a worker',
    'Namespace n was not found or otherwise could not be described: Status { code: PermissionDenied, message: "No access.", metadata: MetadataMap { headers: {"content-type": "application/grpc"} }, source: None }',
    'No access.',
  ],
  ['anything else', 'tonic::transport::Error(Transport, "code: Unavailable")', null],
])('the words of the server say whether the credential of %s was refused', (_, said, told) => {
  expect(refusalIn(new Error(said))).toBe(told);
});
