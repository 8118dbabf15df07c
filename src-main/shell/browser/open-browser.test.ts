import { describe, expect, it } from 'vitest';
import { openerFor } from './open-browser.ts';

const URL = 'http://127.0.0.1:8650/#token=abc';

describe('openerFor', () => {
  it.each([
    ['linux', { DISPLAY: ':0' }, ['xdg-open', [URL], null, 'own-user']],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, ['xdg-open', [URL], null, 'own-user']],
    ['freebsd', { DISPLAY: ':0' }, ['xdg-open', [URL], null, 'anyone']],
    ['linux', { DISPLAY: '' }, null],
    ['linux', {}, null],
    ['darwin', {}, ['osascript', ['-'], `open location "${URL}"\n`, 'anyone']],
    ['darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, null],
    ['win32', {}, ['rundll32.exe', ['url.dll,FileProtocolHandler', URL], null, 'anyone']],
  ] as const)('on %s with %o', (platform, env, expected) => {
    const opener = openerFor(platform, env);
    expect(opener && [opener.command, opener.args(URL), opener.stdin(URL), opener.reach]).toEqual(expected);
  });
});
