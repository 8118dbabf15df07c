import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dependenciesOf, inOrder, type Orderable } from './order.ts';

const one = (service: string, dependsOn: readonly string[] = [], number: number | null = 1): Orderable => ({
  service,
  number,
  name: `shop-${service}-${number ?? 'x'}`,
  dependsOn,
});
const names = (containers: readonly Orderable[]) => inOrder(containers).map(({ name }) => name);

describe('dependenciesOf', () => {
  it.each([
    ['db:service_healthy:false,cache:service_started:true', ['db', 'cache']],
    ['db', ['db']],
    ['', []],
    [',, :x:y,db:a:b,db:a:b', ['db']],
    ['d\u202eb:service_started:true', ['d\\u{202e}b']],
  ])('reads %j', (label, expected) => {
    expect(dependenciesOf({ 'com.docker.compose.depends_on': label })).toEqual(expected);
  });

  it('knows of none where Compose v1 wrote no label', () => {
    expect(dependenciesOf({ 'com.docker.compose.service': 'web' })).toEqual([]);
  });
});

describe('inOrder', () => {
  it('puts what is depended on first, and else goes by service, number and name', () => {
    const web = one('web', ['api']);
    const apis = [one('api', ['cache', 'db'], 2), one('api', ['db'], 10), one('api', [], null), one('api', [], 1)];
    expect(names([web, one('zeta'), ...apis, one('db'), one('cache'), one('alpha')])).toEqual([
      'shop-alpha-1',
      'shop-cache-1',
      'shop-db-1',
      'shop-api-1',
      'shop-api-2',
      'shop-api-10',
      'shop-api-x',
      'shop-web-1',
      'shop-zeta-1',
    ]);
  });

  it('breaks a circle at its first by name, and looks past what is not there', () => {
    expect(names([one('c', ['a']), one('b', ['c', 'nobody']), one('a', ['b', 'a'])])).toEqual([
      'shop-c-1',
      'shop-b-1',
      'shop-a-1',
    ]);
  });

  it('loses and doubles nothing, does not care for the order it is given, and keeps every dependency that is in no circle', () => {
    const services = ['a', 'b', 'c', 'd', 'e'];
    const container = fc.record({
      service: fc.constantFrom(...services),
      number: fc.option(fc.nat(3)),
      dependsOn: fc.uniqueArray(fc.constantFrom(...services, 'nobody')),
    });
    fc.assert(
      fc.property(fc.array(container, { maxLength: 12 }), (wishes) => {
        const containers = wishes.map((wish, index) => ({ ...wish, name: `n${index}` }));
        const ordered = inOrder(containers);
        expect(new Set(ordered)).toEqual(new Set(containers));
        expect(ordered).toHaveLength(containers.length);
        expect(inOrder([...containers].reverse())).toEqual(ordered);

        const needs = (service: string) =>
          containers.filter((each) => each.service === service).flatMap(({ dependsOn }) => dependsOn);
        const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
          needs(from).some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))));
        for (const [index, { service, dependsOn }] of ordered.entries()) {
          for (const needed of dependsOn) {
            if (needed === service || reaches(needed, service)) continue;
            const last = ordered.findLastIndex((other) => other.service === needed);
            expect(last).toBeLessThan(index);
          }
        }
      }),
    );
  });
});
