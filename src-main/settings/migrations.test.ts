import { describe, expect, it } from 'vitest';
import { type Migration, migrateSettings, migrations } from './migrations.ts';
import { SETTINGS_SCHEMA } from './schema.ts';

const renameServers: Migration = {
  from: 1,
  to: 2,
  migrate: ({ servers, ...rest }) => ({ ...rest, hosts: servers }),
};
const countHosts: Migration = {
  from: 2,
  to: 3,
  migrate: (settings) => ({ ...settings, count: (settings.hosts as unknown[]).length }),
};

describe('migrateSettings', () => {
  it('takes every step between, in order, and carries along what it does not know', () => {
    const old = Object.freeze({ schema: 1, servers: ['a', 'b'], extra: true });
    expect([1, 2, 3].map((target) => migrateSettings(old, 1, target, [countHosts, renameServers]))).toEqual([
      old,
      { schema: 2, hosts: ['a', 'b'], extra: true },
      { schema: 3, hosts: ['a', 'b'], count: 2, extra: true },
    ]);
  });

  it('knows when there is no way', () => {
    expect(migrateSettings({ schema: 0 }, 0, 2, [renameServers])).toBeNull();
  });

  it('has steps without a gap up to the present schema', () => {
    const first = migrations[0]?.from ?? SETTINGS_SCHEMA;
    expect(migrations.map(({ from, to }) => [from, to])).toEqual(
      Array.from({ length: SETTINGS_SCHEMA - first }, (_, index) => [first + index, first + index + 1]),
    );
  });
});
