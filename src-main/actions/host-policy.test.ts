import { describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { FakeFleet, FakeHost, HOST_ID } from './host.fixture.ts';
import { HostPolicy } from './host-policy.ts';
import { FakeHosts } from './hosts.fixture.ts';
import { FakeJournal } from './journal.fixture.ts';

const atlasRef = { id: HOST_ID, label: 'atlas', target: 'ssh://ops@atlas' };
const postgres = { hostId: HOST_ID, app: 'shop', service: 'api' };

function desk() {
  const trace: string[] = [];
  const host = new FakeHost('atlas', { trace });
  const fleet = new FakeFleet(host);
  const journal = new FakeJournal(trace);
  const hosts = new FakeHosts(fleet, trace);
  return { trace, host, fleet, journal, hosts, policy: new HostPolicy({ fleet, journal, hosts }) };
}

describe('HostPolicy.setMode', () => {
  it('records before it allows', async () => {
    const { host, trace, journal, policy } = desk();
    host.mode = 'observe';
    await policy.setMode({ id: HOST_ID, mode: 'operate' });
    expect(trace).toEqual(['journal mode', 'set operate']);
    expect(journal.of('mode')).toMatchObject([{ host: atlasRef, from: 'observe', to: 'operate' }]);
  });

  it('forbids before it records', async () => {
    const { trace, journal, policy } = desk();
    await policy.setMode({ id: HOST_ID, mode: 'observe' });
    expect(trace).toEqual(['set observe', 'journal mode']);
    expect(journal.of('mode')).toMatchObject([{ host: atlasRef, from: 'operate', to: 'observe' }]);
  });

  it('allows nothing that cannot be recorded', async () => {
    const { host, journal, trace, policy } = desk();
    host.mode = 'observe';
    journal.fail();
    await expect(policy.setMode({ id: HOST_ID, mode: 'operate' })).rejects.toMatchObject({ code: 'JOURNAL_UNUSABLE' });
    expect([trace, host.mode]).toEqual([[], 'observe']);
  });

  it('forbids although it cannot be recorded', async () => {
    const { host, journal, policy } = desk();
    journal.fail();
    await policy.setMode({ id: HOST_ID, mode: 'observe' });
    expect(host.mode).toBe('observe');
  });

  it('records what holds, also where it could not be saved', async () => {
    const { host, hosts, journal, policy } = desk();
    hosts.setMode = async ({ mode }) => {
      host.mode = mode;
      throw new AppError('HOME_UNUSABLE', 'The disk is full.');
    };
    await expect(policy.setMode({ id: HOST_ID, mode: 'observe' })).rejects.toMatchObject({ code: 'HOME_UNUSABLE' });
    expect(journal.of('mode')).toMatchObject([{ from: 'operate', to: 'observe' }]);
  });

  it('forbids what is saved and not followed', async () => {
    const { fleet, trace, policy } = desk();
    fleet.remove(HOST_ID);
    await policy.setMode({ id: HOST_ID, mode: 'observe' });
    expect(trace).toEqual(['set observe']);
  });

  it('records nothing where nothing changes, and says so where the change did not come about', async () => {
    const { host, hosts, journal, policy } = desk();
    await policy.setMode({ id: HOST_ID, mode: 'operate' });
    expect(journal.records).toEqual([]);
    host.mode = 'observe';
    await policy.setMode({ id: HOST_ID, mode: 'observe' });
    expect(journal.records).toEqual([]);
    hosts.fail(new AppError('SETTINGS_NEWER', 'The settings are from a newer Binnacle.'));
    await expect(policy.setMode({ id: HOST_ID, mode: 'operate' })).rejects.toMatchObject({ code: 'SETTINGS_NEWER' });
    expect(journal.of('mode').map(({ from, to }) => [from, to])).toEqual([
      ['observe', 'operate'],
      ['operate', 'observe'],
    ]);
    expect(host.mode).toBe('observe');
  });
});

describe('HostPolicy.protect', () => {
  it('protects before it records, and takes it off after', async () => {
    const { trace, journal, policy } = desk();
    await policy.protect({ ...postgres, protect: true });
    await policy.protect({ ...postgres, protect: false });
    expect(trace).toEqual(['protect shop/api', 'journal protection', 'journal protection', 'unprotect shop/api']);
    expect(journal.of('protection')).toMatchObject([
      { host: atlasRef, app: 'shop', service: 'api', protect: true },
      { host: atlasRef, app: 'shop', service: 'api', protect: false },
    ]);
  });

  it('protects although it cannot be recorded, and takes nothing off then', async () => {
    const { host, journal, policy } = desk();
    journal.fail();
    await policy.protect({ ...postgres, protect: true });
    await expect(policy.protect({ ...postgres, protect: false })).rejects.toMatchObject({ code: 'JOURNAL_UNUSABLE' });
    expect([...host.operatorProtects]).toEqual(['shop/api']);
  });

  it('records nothing where nothing changes', async () => {
    const { trace, policy } = desk();
    await policy.protect({ ...postgres, protect: false });
    await policy.protect({ ...postgres, protect: true });
    await policy.protect({ ...postgres, protect: true });
    expect(trace).toEqual(['protect shop/api', 'journal protection']);
  });

  it('says so where protection could not be taken off after all', async () => {
    const { hosts, journal, policy } = desk();
    await policy.protect({ ...postgres, protect: true });
    hosts.fail(new AppError('SETTINGS_INVALID', 'No.'));
    await expect(policy.protect({ ...postgres, protect: false })).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(journal.of('protection').map(({ protect }) => protect)).toEqual([true, false, true]);
  });

  it('knows no host that is not there', async () => {
    const { fleet, trace, policy } = desk();
    fleet.remove(HOST_ID);
    await expect(policy.protect({ ...postgres, protect: true })).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
    expect(trace).toEqual([]);
  });
});
