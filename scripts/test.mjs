// `npm test`: installs what is missing, then checks types, lint, house rules, unused code and the build, and runs
// the unit and lab tests. The last line is `N passed, N failed, N skipped`; each check counts as one test.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { installLocked, pinnedNode } from './install.mjs';

const root = join(import.meta.dirname, '..');
installLocked(root);
const node = pinnedNode(root);
const bin = (name) => join(root, 'node_modules', ...name.split('/'));
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };

const totals = { passed: 0, failed: 0, skipped: 0 };

/** @returns {Promise<{code: number, output: string}>} */
function run(args, { show = false, extraEnv = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { cwd: root, env: { ...env, ...extraEnv } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (show) process.stdout.write(chunk);
      });
    }
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function check(name, commands) {
  const started = Date.now();
  const results = await Promise.all(commands.map((args) => run(args)));
  const failed = results.filter(({ code }) => code !== 0);
  console.log(`${failed.length === 0 ? 'ok  ' : 'FAIL'}  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  for (const { output } of failed) console.log(output);
  totals[failed.length === 0 ? 'passed' : 'failed'] += 1;
}

const types = (part) => [bin('typescript/bin/tsc'), '-p', `tsconfig.${part}.json`];
await check('types: contract, preload, renderer', ['contract', 'preload', 'renderer'].map(types));
await check('types: core', [types('core')]);
await check('types: journeys and benchmarks', [types('e2e')]);
await check('lint and format', [[bin('@biomejs/biome/bin/biome'), 'ci', '--error-on-warnings', '.']]);
await check('house rules', [['scripts/house.ts']]);
await check('unused files, exports and dependencies', [[bin('knip/bin/knip.js')]]);
await check('build', [['scripts/build.mjs']]);

const folder = mkdtempSync(join(tmpdir(), 'binnacle-test-'));
const skips = new Map();
// Side by side, what no clock is held against; the lab by itself: its tests say how soon something must be seen.
await Promise.all(['unit', 'browser'].map(runTests));
await runTests('lab');
rmSync(folder, { recursive: true, force: true });

for (const [reason, names] of skips) {
  console.log(`skipped (${names.length}): ${reason}`);
  for (const name of names) console.log(`    ${name}`);
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;

async function runTests(project) {
  const report = join(folder, `${project}.json`);
  const { code } = await run(
    [
      bin('vitest/vitest.mjs'),
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=./scripts/vitest-reporter.mjs',
    ],
    { show: true, extraEnv: { BINNACLE_TEST_REPORT: report } },
  );
  const counted = readReport(report);
  totals.passed += counted.passed;
  totals.failed += counted.failed;
  totals.skipped += counted.skipped.length;
  for (const { name, reason } of counted.skipped) skips.set(reason, [...(skips.get(reason) ?? []), name]);
  // A run that fails without a failed test (a broken setup, an unhandled rejection) is a failure all the same.
  if (code !== 0 && counted.failed === 0) totals.failed += 1;
  if (project !== 'unit' && process.env.BINNACLE_LAB === 'required' && counted.skipped.length > 0) {
    console.log(`FAIL  the lab is required, and ${counted.skipped.length} of its tests were skipped`);
    totals.failed += counted.skipped.length;
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: [] };
  }
}
