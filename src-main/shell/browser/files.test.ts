import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readPageFiles } from './files.ts';
import { pageFolder } from './loopback.fixture.ts';

it('reads every file once, under the one path it is asked for', async () => {
  await using page = await pageFolder({
    'index.html': '<!doctype html>',
    'assets/index-D5MyDBG6.js': 'export {};',
    'assets/mark.svg': '<svg/>',
    'notes.xyz': 'what is this',
  });
  // A way out of the folder.
  await symlink('/etc/hostname', path.join(page.folder, 'assets', 'link.js'));
  const files = await readPageFiles(page.folder);
  const told = [...files].map(([url, { body, type, cacheControl }]) => [url, `${body}`, type, cacheControl]);
  expect(told.sort()).toEqual([
    ['/', '<!doctype html>', 'text/html; charset=utf-8', 'no-cache'],
    [
      '/assets/index-D5MyDBG6.js',
      'export {};',
      'text/javascript; charset=utf-8',
      'private, max-age=31536000, immutable',
    ],
    ['/assets/mark.svg', '<svg/>', 'image/svg+xml', 'no-cache'],
    ['/notes.xyz', 'what is this', 'application/octet-stream', 'no-cache'],
  ]);
  expect(new Set([...files.values()].map(({ etag }) => /^"[\w-]{43}"$/.test(etag) && etag)).size).toBe(4);
});

it('says so where there is no page', async () => {
  await using page = await pageFolder({ 'assets/a.js': '' });
  await expect(readPageFiles(page.folder)).rejects.toThrow('the page has not been built');
  await expect(readPageFiles(path.join(page.folder, 'none'))).rejects.toThrow('ENOENT');
});
