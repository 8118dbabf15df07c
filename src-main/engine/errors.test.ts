import { expect, test } from 'vitest';
import { engineMessage } from './errors.ts';

test.each([
  ['an engine', '{"message":"No such container: x"}', 'No such container: x'],
  ['Podman', '{"cause":"no","message":"no container","response":404}', 'no container'],
  ['plain text', 'Forbidden by policy\n', 'Forbidden by policy'],
  [
    'HAProxy',
    '<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>',
    'Forbidden',
  ],
  [
    'nginx',
    '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n</html>',
    'Forbidden',
  ],
  ['a title over lines', '<!DOCTYPE html><title lang="en">\n Not  here\n</title>', 'Not here'],
  ['a page that says nothing', '<html><body><p>Sorry</p></body></html>', 'no reason given'],
  ['markup in its title', '<title><b>x</b></title>', 'no reason given'],
  ['a title that hides', '<title>\u202eevil\u001b[2J</title>', '\\u{202e}evil\u241b[2J'],
  ['nothing', '', 'no reason given'],
  ['a title far down', `<html>${' '.repeat(10_000)}<title>Late</title>`, 'no reason given'],
])('what %s says', (_who, body, said) => {
  expect(engineMessage(Buffer.from(body))).toBe(said);
});
