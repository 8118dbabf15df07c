import { describe, expect, it } from 'vitest';
import type { ContainerDetail } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import { container, HOST_ID } from './host.fixture.ts';
import { API, bookOn, cut, planOf, uuid, WEB } from './run-book.fixture.ts';
import { Timeline } from './timeline.ts';

const SHOP = { hostId: HOST_ID, app: 'shop' };

function timelineOn(...containers: readonly ContainerDetail[]) {
  const parts = bookOn(...containers);
  const timeline = new Timeline({ fleet: parts.fleet, runs: parts.book, clock: parts.clock });
  const texts = () => timeline.read(SHOP).map(({ service, text }) => `${service}: ${text}`);
  return { ...parts, timeline, texts };
}

describe('the timeline of an app', () => {
  it('tells what others did from what we did, newest first', async () => {
    const { host, clock, begin, timeline } = timelineOn(API, WEB);
    host.apply('restart', WEB.id);
    await clock.advance(30_000);
    await begin(planOf('stop', [API]));
    await clock.advance(30_000);
    host.apply('start', API.id);
    expect(timeline.read(SHOP)).toEqual([
      {
        id: expect.any(String),
        at: '2026-03-01T09:15:00.000Z',
        containerId: API.id,
        service: 'api',
        kind: 'started',
        text: 'Started',
        by: 'outside',
        run: null,
        seen: 'event',
      },
      expect.objectContaining({ kind: 'stopped', by: 'binnacle', run: uuid(1), at: '2026-03-01T09:14:30.000Z' }),
      expect.objectContaining({ kind: 'restarted', by: 'outside', run: null, service: 'web' }),
    ]);
  });

  it('is of that app, and of that host', () => {
    const other = container({ id: 'd4', app: 'blog', service: 'api' });
    const { host, timeline } = timelineOn(API, other);
    host.apply('stop', API.id);
    host.apply('stop', other.id);
    expect(timeline.read({ hostId: HOST_ID, app: 'blog' }).map(({ containerId }) => containerId)).toEqual([other.id]);
    expect(timeline.read({ hostId: uuid(5), app: 'blog' })).toEqual([]);
    expect(timeline.read({ hostId: HOST_ID, app: 'name' })).toEqual([]);
  });

  it('takes what happens to a container of ours while we do something else for what it is', async () => {
    const { host, clock, begin, texts } = timelineOn(API);
    await begin(planOf('stop', [API]));
    host.emit('pause', API.id);
    host.emit('destroy', API.id);
    await clock.advance(1_000);
    expect(texts()).toContain('api: Paused');
  });

  it('takes a start right after our stop for somebody else’s', async () => {
    const { host, clock, begin, texts } = timelineOn(API);
    await begin(planOf('stop', [API]));
    await clock.advance(500);
    host.apply('start', API.id);
    expect(texts()).toEqual(['api: Started', 'api: Stopped']);
  });

  it('takes what an engine goes on with after a cut link for ours', async () => {
    const { host, clock, begin, timeline } = timelineOn(API);
    host.script(cut);
    await begin(planOf('stop', [API]));
    await clock.advance(9_000);
    host.apply('stop', API.id);
    expect(timeline.read(SHOP)).toMatchObject([{ kind: 'stopped', by: 'binnacle', run: uuid(1) }]);
  });

  it('dates nothing in the future', () => {
    const { host, clock, fleet, timeline } = timelineOn(API);
    fleet.now = () => clock.now() + 5_000;
    host.emit('pause', API.id);
    expect(timeline.read(SHOP)).toMatchObject([{ at: new Date(clock.now()).toISOString() }]);
  });

  it('allows for an engine whose clock is a little out, and no more', async () => {
    const { host, clock, fleet, begin, timeline } = timelineOn(API);
    await begin(planOf('restart', [API]));
    await clock.advance(60_000);
    const end = Date.parse(timeline.read(SHOP)[0]?.at ?? '') + limits.actions.upMs;
    for (const [late, by] of [
      [1_500, 'binnacle'],
      [9_000, 'outside'],
    ] as const) {
      fleet.now = () => end + late;
      host.apply('stop', API.id);
      expect(timeline.read(SHOP)[0]).toMatchObject({ kind: 'stopped', by });
      host.apply('start', API.id);
    }
  });

  it('knows containers by their events that were gone before they were listed', () => {
    const { fleet, host, timeline } = timelineOn();
    const labels = {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'migrate',
      name: 'shop-migrate',
    };
    fleet.tell(host, 'create', API.id, labels);
    fleet.tell(host, 'die', API.id, { ...labels, exitCode: '0' });
    expect(timeline.read(SHOP).map(({ service, text }) => `${service}: ${text}`)).toEqual([
      'migrate: Exited with 0',
      'migrate: Created',
    ]);
  });

  it('knows what was created before any list showed it', () => {
    const { fleet, host, texts } = timelineOn();
    fleet.tell(host, 'create', API.id, {});
    host.put(API);
    expect(texts()).toEqual(['api: Created']);
  });

  it('is bounded, and not crowded out by health checks that tell nothing new', async () => {
    const { host, clock, texts } = timelineOn(API);
    host.apply('stop', API.id);
    host.apply('start', API.id);
    for (let count = 0; count < limits.actions.timelineEvents; count += 1) host.emit('health_status: healthy', API.id);
    expect(texts()).toEqual(['api: Healthy', 'api: Started', 'api: Stopped']);
    for (let count = 0; count < limits.actions.timelineEvents; count += 1) host.emit('pause', API.id);
    await clock.advance(0);
    expect(texts()).toEqual(Array.from({ length: limits.actions.timelineEntries }, () => 'api: Paused'));
  });

  it('of a host that is removed is forgotten', () => {
    const { host, fleet, texts } = timelineOn(API);
    host.apply('stop', API.id);
    expect(texts()).toHaveLength(1);
    fleet.remove(host.id);
    fleet.hosts.set(host.id, host);
    expect(texts()).toEqual([]);
  });

  it('hears nothing once it is disposed', () => {
    const { host, timeline, texts } = timelineOn(API);
    timeline[Symbol.dispose]();
    host.apply('stop', API.id);
    expect(texts()).toEqual([]);
  });
});
