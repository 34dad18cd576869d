import { expect, test } from 'vitest';
import { MissingPackagesError, requireWorkerPackages, versionOf } from '../../../src/process/worker-packages.ts';

test('here, all packages of a worker are installed', () => {
  expect(() => requireWorkerPackages()).not.toThrow();
});

test('missing packages are named, and installed in the version of the client', () => {
  const resolve = (name: string): string => {
    if (name.endsWith('/activity')) return name;
    throw new Error('not found');
  };
  const version = versionOf('@temporalio/client');
  expect(version).toMatch(/^1\.\d+\.\d+$/);
  const found = (() => {
    try {
      return requireWorkerPackages(resolve);
    } catch (error) {
      return error;
    }
  })() as MissingPackagesError;
  expect(found).toBeInstanceOf(MissingPackagesError);
  expect(found.missing).toEqual(['@temporalio/worker', '@temporalio/workflow', '@temporalio/nexus']);
  expect(found.message).toBe(
    `a worker needs packages that are not installed: ${found.missing.join(', ')}; to install them, run: ` +
      `npm install @temporalio/worker@${version} @temporalio/workflow@${version} @temporalio/nexus@${version}`,
  );
});
