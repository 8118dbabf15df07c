import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHome, homeAt, openHome } from './home.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'binnacle-home-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('openHome', () => {
  it('creates the folder, and those above it, for the owner alone', async () => {
    const wanted = path.join(folder, 'config', 'binnacle');
    expect(await openHome(wanted)).toEqual(homeAt(wanted));
    expect(statSync(wanted).mode & 0o777).toBe(0o700);
  });

  it('takes a folder that is there as it is, also through a link', async () => {
    const real = path.join(folder, 'real');
    mkdirSync(real, { mode: 0o755 });
    symlinkSync(real, path.join(folder, 'link'));
    await openHome(path.join(folder, 'link'));
    expect(statSync(real).mode & 0o777).toBe(0o755);
  });

  it('refuses a path that is too long, without a raw error', async () => {
    await expect(openHome(path.join(folder, 'x'.repeat(300)))).rejects.toMatchObject({
      code: 'HOME_UNUSABLE',
      message: expect.stringContaining('its path is too long'),
    });
  });
});

describe('checkHome', () => {
  it('takes a folder that is not there, and leaves it so', async () => {
    const wanted = path.join(folder, 'config', 'binnacle');
    expect([await checkHome(wanted), existsSync(path.dirname(wanted))]).toEqual([homeAt(wanted), false]);
  });

  it('takes a folder that may only be read', async () => {
    chmodSync(folder, 0o500);
    expect(await checkHome(folder)).toEqual(homeAt(folder));
  });
});

describe.each([
  ['openHome', openHome],
  ['checkHome', checkHome],
])('%s', (_, take) => {
  it('refuses a file', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await expect(take(file)).rejects.toMatchObject({ code: 'HOME_UNUSABLE', message: `${file} is not a folder.` });
    await expect(take(path.join(file, 'below'))).rejects.toMatchObject({
      code: 'HOME_UNUSABLE',
      message: expect.stringContaining('part of its path is not a folder'),
    });
  });

  it('refuses a folder others may write to', async () => {
    chmodSync(folder, 0o770);
    await expect(take(folder)).rejects.toMatchObject({
      code: 'HOME_UNUSABLE',
      hint: expect.stringContaining(`chmod 700 '${folder}'`),
    });
  });

  it("refuses somebody else's folder, as under sudo", async () => {
    await expect(take(folder, statSync(folder).uid + 1)).rejects.toMatchObject({
      code: 'HOME_UNUSABLE',
      message: expect.stringContaining('belongs to another user'),
      hint: expect.stringContaining('without sudo'),
    });
  });
});
