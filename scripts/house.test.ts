import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkHouse } from './house.ts';

let root: string;

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'binnacle-house-'));
  await symlink(join(import.meta.dirname, '../node_modules'), join(root, 'node_modules'));
  await put('tsconfig.json', '{ "compilerOptions": { "moduleResolution": "bundler", "module": "ESNext" } }');
});

afterEach(() => rm(root, { recursive: true, force: true }));

it('names each broken rule, and saw every module', async () => {
  await put('src-main/kernel/a.ts', "export { b } from '../ssh/b.ts';");
  await put('src-main/ssh/b.ts', 'export const b = 1;');
  await put('src-main/fleet/c.ts', "import 'electron'; import 'ssh2'; import '../../src-renderer/d.tsx';");
  await put('src-renderer/d.tsx', "import 'node:fs'; export const d = 1;");
  const { violations, unseen } = await checkHouse(root);
  expect({ unseen, rules: [...new Set(violations.map((line) => line.split(':')[0]))].sort() }).toEqual({
    unseen: [],
    rules: [
      'electron-only-in-the-desktop-shell',
      'fleet-knows-only-contract-kernel-ssh-engine',
      'kernel-knows-only-contract',
      'renderer-is-not-node',
      'ssh2-only-in-ssh-and-demo',
    ],
  });
});

it('lets a well-kept house pass', async () => {
  await put('src-main/kernel/a.ts', 'export const a = 1;');
  await put('src-main/ssh/b.ts', "import 'ssh2'; export { a } from '../kernel/a.ts';");
  expect(await checkHouse(root)).toEqual({ violations: [], seen: 2, unseen: [] });
});
