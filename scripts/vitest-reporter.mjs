// Counts tests for scripts/test.mjs, with the reason of each skip: a test's own note, or that of its file.
import { writeFileSync } from 'node:fs';

export default class CountingReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counted = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      if (module.errors().length > 0) counted.failed += 1;
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) counted.failed += 1;
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') counted.passed += 1;
        else if (result.state === 'failed') counted.failed += 1;
        else counted.skipped.push({ name: test.fullName, reason: reasonOf(test, result) });
      }
    }
    writeFileSync(process.env.BINNACLE_TEST_REPORT, JSON.stringify(counted));
  }
}

/** `ctx.skip('why')` leaves a note; a skipped suite carries its reason as `(skipped: why)` in its name. */
function reasonOf(test, result) {
  if (result.state === 'skipped' && result.note) return result.note;
  return /\(skipped: (.*?)\) > /.exec(test.fullName)?.[1] ?? 'no reason given';
}
