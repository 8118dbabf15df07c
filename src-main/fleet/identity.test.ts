import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pinKey } from './identity.ts';

describe('pinKey', () => {
  it('is different for different services, whatever their names hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (app, service, otherApp, otherService) => {
        const same = app === otherApp && service === otherService;
        expect(pinKey({ app, service }) === pinKey({ app: otherApp, service: otherService })).toBe(same);
      }),
    );
  });
});
