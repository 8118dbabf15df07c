// Checks the house rules (.dependency-cruiser.mjs). Fails as well when it did not see every module: a check that
// looks at nothing would pass for ever.
import { globSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import rules from '../.dependency-cruiser.mjs';

/**
 * @param {string} root folder of the checkout
 * @returns {Promise<{violations: string[], seen: number, unseen: string[]}>}
 */
export async function checkHouse(root) {
  const sources = globSync('src-*/**/*.{ts,tsx}', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  const { options, ...ruleSet } = rules;
  const result = await cruise(
    sources,
    { ...options, baseDir: root, ruleSet, validate: true },
    options.enhancedResolveOptions,
    { tsConfig: extractTSConfig(`${root}/tsconfig.json`) },
  );
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
