import { describe, expect, it } from 'vitest';
import type { HostMode } from '#contract/hosts.ts';
import type { RegisteredCommand } from './connection-types.ts';
import { type CommandName, createExecGate, registeredCommand, requireAllowed } from './exec-gate.ts';

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
      registeredCommand('path-is-folder', { path: socket }),
      registeredCommand('path-is-link', { path: socket }),
      registeredCommand('link-target', { path: "/a'b" }),
      registeredCommand('path-listing', { path: socket }),
      registeredCommand('engine-version', { path: socket }),
    ]).toEqual([
      { name: 'true', effect: 'read', line: "'true'" },
      { name: 'path-exists', effect: 'read', line: "'test' '-e' '/run/docker.sock'" },
      { name: 'path-is-socket', effect: 'read', line: "'test' '-S' '/run/docker.sock'" },
      { name: 'path-writable', effect: 'read', line: "'test' '-w' '/run/docker.sock'" },
      { name: 'path-searchable', effect: 'read', line: "'test' '-x' '/a'\\''b'" },
      { name: 'path-is-folder', effect: 'read', line: "'test' '-d' '/run/docker.sock'" },
      { name: 'path-is-link', effect: 'read', line: "'test' '-L' '/run/docker.sock'" },
      { name: 'link-target', effect: 'read', line: "'readlink' '/a'\\''b'" },
      { name: 'path-listing', effect: 'read', line: "'ls' '-ldL' '/run/docker.sock'" },
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

describe('requireAllowed', () => {
  it('lets through what the registry made', () => {
    expect(() => requireAllowed(registeredCommand('true', {}), 'observe')).not.toThrow();
  });

  it('refuses a look-alike, and a copy', () => {
    const lookAlike: RegisteredCommand = { name: 'true', effect: 'read', line: 'rm -rf /' };
    expect(() => requireAllowed(lookAlike, 'operate')).toThrow(notAllowed);
    expect(() => requireAllowed({ ...registeredCommand('true', {}) }, 'operate')).toThrow(notAllowed);
  });

  it('lets through reads only where the host is observed, and refuses what another gate has made', () => {
    const argv = () => ['reboot'];
    const other = createExecGate({
      look: { effect: 'read', holes: {}, argv },
      change: { effect: 'change', holes: {}, argv },
      destroy: { effect: 'destroy', holes: {}, argv },
    });
    const commands = (['look', 'change', 'destroy'] as const).map((name) => other.registeredCommand(name, {}));
    const passed = (gate: typeof requireAllowed, mode: HostMode) =>
      commands.filter((command) => {
        try {
          gate(command, mode);
          return true;
        } catch (error) {
          expect(error).toEqual(notAllowed);
          return false;
        }
      });
    expect({
      observe: passed(other.requireAllowed, 'observe').map(({ name }) => name),
      operate: passed(other.requireAllowed, 'operate').map(({ name }) => name),
      product: passed(requireAllowed, 'operate'),
    }).toEqual({ observe: ['look'], operate: ['look', 'change', 'destroy'], product: [] });
  });

  it('gives out commands whose line and effect cannot be changed afterwards', () => {
    const command = registeredCommand('true', {}) as { line: string; effect: string };
    expect(() => {
      command.line = 'reboot';
    }).toThrow(TypeError);
    expect(() => {
      command.effect = 'change';
    }).toThrow(TypeError);
  });
});
