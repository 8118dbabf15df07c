// Checks the house rules (house-rules.ts). Fails as well when it did not see every module: a check that
// looks at nothing would pass for ever.
import { globSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { forbidden, options } from './house-rules.ts';

interface HouseReport {
  /** `rule: from -> to`, one for each broken rule. */
  readonly violations: readonly string[];
  /** Source files the check has seen. */
  readonly seen: number;
  readonly unseen: readonly string[];
}

/** @param root folder of the checkout */
export async function checkHouse(root: string): Promise<HouseReport> {
  const sources = globSync('src-*/**/*.{ts,tsx}', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  const result = await cruise(
    sources,
    { ...options, baseDir: root, ruleSet: { forbidden }, validate: true },
    options.enhancedResolveOptions,
    { tsConfig: extractTSConfig(`${root}/tsconfig.json`) },
  );
  if (typeof result.output === 'string') throw new Error('the check answered with text, not with modules');
  const { modules, summary } = result.output;
  const seen = new Set(modules.map((module) => module.source));
  return {
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
    seen: sources.filter((file) => seen.has(file)).length,
    unseen: sources.filter((file) => !seen.has(file)),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { violations, seen, unseen } = await checkHouse(process.cwd());
  for (const violation of violations) console.error(violation);
  for (const file of unseen) console.error(`not seen by the check: ${file}`);
  console.log(`${seen} modules, ${violations.length} broken rules`);
  if (seen === 0 || violations.length > 0 || unseen.length > 0) process.exitCode = 1;
}
