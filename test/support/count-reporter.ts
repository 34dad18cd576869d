import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export type TestCounts = { passed: number; failed: number; projects: Record<string, number>; reasons: string[] };

/**
 * Writes the test counts for `run-all.ts` into the file that JOBTRACK_TEST_COUNTS names. Each test that did not pass counts as failed,
 * also if it was skipped, is a todo, or never ran.
 */
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

// vitest loads a reporter only from the default export of a file.
export default CountReporter; // oxlint-disable-line import/no-default-export
