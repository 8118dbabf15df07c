import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLockFile } from './file-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'binnacle-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('tryLockFile', () => {
  it('is exclusive until it is disposed, once or twice', () => {
    const file = path.join(folder, 'lock');
    const first = tryLockFile(file);
    expect([first === null, tryLockFile(file)]).toEqual([false, null]);
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    using second = tryLockFile(file);
    expect([second === null, statSync(file).mode & 0o777]).toEqual([false, 0o600]);
  });

  it('throws where there can be no lock', () => {
    expect(() => tryLockFile(path.join(folder, 'missing', 'lock'))).toThrow('unable to open database file');
    const taken = path.join(folder, 'taken');
    writeFileSync(taken, 'something else entirely, which nobody may overwrite');
    expect(() => tryLockFile(taken)).toThrow('file is not a database');
  });
});
