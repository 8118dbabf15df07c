import { describe, expect, it } from 'vitest';
import type { RegisteredCommand } from './connection-types.ts';
import { type CommandName, registeredCommand, requireRegistered } from './exec-gate.ts';

const notAllowed = expect.objectContaining({ code: 'EXEC_NOT_ALLOWED' }) as unknown as Error;
const socket = '/run/docker.sock';

describe('registeredCommand', () => {
  it('quotes every entry of the registry, and all of them only read', () => {
    expect([
      registeredCommand('true', {}),
      registeredCommand('path-exists', { path: socket }),
      registeredCommand('path-is-socket', { path: socket }),
      registeredCommand('path-writable', { path: socket }),
      registeredCommand('path-searchable', { path: "/a'b" }),
      registeredCommand('path-listing', { path: socket }),
      registeredCommand('engine-version', { path: socket }),
    ]).toEqual([
      { name: 'true', effect: 'read', line: "'true'" },
      { name: 'path-exists', effect: 'read', line: "'test' '-e' '/run/docker.sock'" },
      { name: 'path-is-socket', effect: 'read', line: "'test' '-S' '/run/docker.sock'" },
      { name: 'path-writable', effect: 'read', line: "'test' '-w' '/run/docker.sock'" },
      { name: 'path-searchable', effect: 'read', line: "'test' '-x' '/a'\\''b'" },
      { name: 'path-listing', effect: 'read', line: "'ls' '-ld' '/run/docker.sock'" },
      {
        name: 'engine-version',
        effect: 'read',
        line: "'docker' '--host' 'unix:///run/docker.sock' 'version' '--format' '{{.Server.Version}}'",
      },
    ]);
  });

  it.each([
    ['a relative path', { path: 'docker.sock' }],
    ['an option', { path: '-rf' }],
    ['no path', {}],
    ['a path that is not text', { path: ['/a'] }],
    ['a path of NUL', { path: '/a\0' }],
    ['a path beyond PATH_MAX', { path: `/${'a'.repeat(4096)}` }],
    ['a hole that does not exist', { path: '/a', other: '/b' }],
    ['an inherited path', Object.create({ path: '/a' })],
  ])('refuses %s', (_, holes) => {
    expect(() => registeredCommand('path-exists', holes as { path: string })).toThrow(notAllowed);
  });

  it.each(['rm', 'toString', '__proto__', ''])('refuses the name %j', (name) => {
    expect(() => registeredCommand(name as CommandName, {} as never)).toThrow(notAllowed);
  });
});

describe('requireRegistered', () => {
  it('lets through what the registry made', () => {
    expect(() => requireRegistered(registeredCommand('true', {}))).not.toThrow();
  });

  it('refuses a look-alike, and a copy', () => {
    const lookAlike: RegisteredCommand = { name: 'true', effect: 'read', line: 'rm -rf /' };
    expect(() => requireRegistered(lookAlike)).toThrow(notAllowed);
    expect(() => requireRegistered({ ...registeredCommand('true', {}) })).toThrow(notAllowed);
  });

  it('gives out commands whose line cannot be changed afterwards', () => {
    const command = registeredCommand('true', {}) as { line: string };
    expect(() => {
      command.line = 'reboot';
    }).toThrow(TypeError);
  });
});
