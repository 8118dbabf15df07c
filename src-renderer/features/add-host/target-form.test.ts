import { describe, expect, test } from 'vitest';
import { EMPTY_FORM, otherForm, readForm, type TargetForm } from './target-form.ts';

const PARTS = { user: 'ops', host: 'atlas', port: '', socketPath: '', via: '', tcp: '' } as const;
const parts = (over: object, way: Extract<TargetForm, { form: 'parts' }>['way']): TargetForm => ({
  form: 'parts',
  parts: { ...PARTS, ...over },
  way,
});
const targetOf = (form: TargetForm) => {
  const reading = readForm(form);
  return reading.reading === 'understood' ? reading.target : reading.reading;
};

describe('how the engine is reached', () => {
  test.each([
    [parts({}, 'any'), 'ssh://ops@atlas'],
    [parts({}, 'dial-stdio'), 'ssh://ops@atlas?via=dial-stdio'],
    [parts({}, 'sudo-dial-stdio'), 'ssh://ops@atlas?via=sudo-dial-stdio'],
    [parts({ tcp: '127.0.0.1:2375' }, 'tcp'), 'ssh://ops@atlas?tcp=127.0.0.1:2375'],
  ])('%j is %s', (form, target) => {
    expect(targetOf(form)).toBe(target);
  });

  test('what was typed for another way does not count', () => {
    expect([
      targetOf(parts({ tcp: '127.0.0.1:2375' }, 'any')),
      targetOf(parts({ socketPath: '/run/podman.sock', tcp: '127.0.0.1:2375' }, 'tcp')),
    ]).toEqual(['ssh://ops@atlas', 'ssh://ops@atlas?tcp=127.0.0.1:2375']);
  });

  test('a port that is not named yet is asked for', () => {
    expect(readForm(parts({}, 'tcp'))).toMatchObject({ reading: 'unclear', why: expect.stringMatching(/port/) });
  });
});

describe('from one form to the other', () => {
  test.each(['ssh://ops@atlas', 'ssh://ops@atlas?via=dial-stdio', 'ssh://ops@atlas?tcp=127.0.0.1:2375'])(
    '%s comes back as it was',
    (text) => {
      const there = otherForm({ form: 'one', text });
      expect(there?.form).toBe('parts');
      expect(there === null ? null : otherForm(there)).toEqual({ form: 'one', text });
    },
  );

  test('what is not understood yet is a host', () => {
    expect(otherForm({ form: 'one', text: 'at las' })).toMatchObject({ form: 'parts', parts: { host: 'at las' } });
  });

  test('this machine has no parts; nothing has them', () => {
    expect([otherForm({ form: 'one', text: 'local:' }), otherForm(EMPTY_FORM)?.form]).toEqual([null, 'parts']);
  });
});
