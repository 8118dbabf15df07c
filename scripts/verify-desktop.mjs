// `npm run verify:desktop`: the desktop's journeys in real Electron, wherever its runtime and a display are. Elsewhere
// it says in one line why not, and that is no failure; with BINNACLE_DESKTOP=required, as in CI, it is one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildStale } from './build.mjs';
import { findRuntime, hasDisplay } from './desktop-launch.mjs';
import { pinnedNode } from './install.mjs';

const root = join(import.meta.dirname, '..');
const runtime = findRuntime(root, process.env);
const why =
  runtime === null
    ? "Electron's runtime is not here (npx install-electron fetches it)"
    : hasDisplay(process.env, process.platform)
      ? null
      : 'there is no display';
process.exitCode = why === null ? await journeys() : skipped();

async function journeys() {
  await buildStale(root);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(root, 'e2e', 'desktop', 'vitest.config.ts');
  const child = spawn(pinnedNode(root), [vitest, 'run', '--config', config], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, BINNACLE_RUNTIME: runtime },
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

function skipped() {
  console.log(`The desktop's journeys are skipped: ${why}.`);
  return process.env.BINNACLE_DESKTOP === 'required' ? 1 : 0;
}
