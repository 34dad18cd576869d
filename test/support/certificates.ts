import forge from 'node-forge';
import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** A certificate and its key, both in PEM. */
export interface Identity {
  certificate: string;
  key: string;
}

/** A private certificate authority. Its key is only in memory. */
export interface Authority {
  certificate: string;
  issue: (use: 'server' | 'client', name: string) => Identity;
}

const HOUR_MS = 3_600_000;
const sha256 = (): forge.md.MessageDigest => forge.md.sha256.create();
const commonName = (value: string): forge.pki.CertificateField[] => [{ name: 'commonName', value }];

export function createAuthority(name: string): Authority {
  const own = keyPair();
  const certificate = unsigned(name, own.publicKey);
  certificate.setIssuer(commonName(name));
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(own.privateKey, sha256());
  const issue: Authority['issue'] = (use, subject) => {
    const { publicKey, privateKey } = keyPair();
    const issued = unsigned(subject, publicKey);
    issued.setIssuer(commonName(name));
    issued.setExtensions([
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', [`${use}Auth`]: true },
      { name: 'subjectAltName', altNames: [{ type: DNS_NAME, value: subject }] },
    ]);
    issued.sign(own.privateKey, sha256());
    return { certificate: forge.pki.certificateToPem(issued), key: forge.pki.privateKeyToPem(privateKey) };
  };
  return { certificate: forge.pki.certificateToPem(certificate), issue };
}

const DNS_NAME = 2;

/** Node generates the keys. The JavaScript code of `forge` would need seconds for each. */
function keyPair(): forge.pki.rsa.KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey: forge.pki.publicKeyFromPem(publicKey), privateKey: forge.pki.privateKeyFromPem(privateKey) };
}

function unsigned(name: string, publicKey: forge.pki.rsa.PublicKey): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`; // the first bit must be 0, or the number is negative
  certificate.validity.notBefore = new Date(Date.now() - HOUR_MS);
  certificate.validity.notAfter = new Date(Date.now() + 24 * HOUR_MS);
  certificate.setSubject(commonName(name));
  return certificate;
}
