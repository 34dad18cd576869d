import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export type TestCounts = { passed: number; failed: number; projects: Record<string, number>; reasons: string[] };

/** Counts for `run-all.ts`, into the file that JOBTRACK_TEST_COUNTS names. What did not pass has failed: skipped, todo, never run. */
class CountReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<SerializedError>): void {
    const counts: TestCounts = { passed: 0, failed: 0, projects: {}, reasons: [] };
    for (const module of modules) countModule(module, counts);
    for (const error of unhandledErrors) fail(counts, `unhandled error: ${error.message}`);
    const file = process.env['JOBTRACK_TEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}

function countModule(module: TestModule, counts: TestCounts): void {
  const project = module.project.name;
  for (const test of module.children.allTests()) {
    counts.projects[project] = (counts.projects[project] ?? 0) + 1;
    const { state } = test.result();
    if (state === 'passed') counts.passed += 1;
    else fail(counts, `${state}: [${project}] ${module.relativeModuleId} > ${test.fullName}`);
  }
  for (const error of module.errors())
    fail(counts, `[${project}] ${module.relativeModuleId} did not load: ${error.message}`);
  for (const suite of module.children.allSuites()) {
    for (const error of suite.errors())
      fail(counts, `[${project}] ${module.relativeModuleId} > ${suite.fullName}: ${error.message}`);
  }
}

function fail(counts: TestCounts, reason: string): void {
  counts.failed += 1;
  counts.reasons.push(reason.split('\n')[0] ?? reason);
}

// vitest takes a reporter from a file's default export only.
export default CountReporter; // oxlint-disable-line import/no-default-export
