import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { AppError, abortError } from './errors.ts';

/** Everything an operator or a log could see of it. */
function facts(error: AppError) {
  const { name, code, message, details, hint, cause } = error;
  return { name, code, message, details, hint, cause, hasCause: 'cause' in error, isError: error instanceof Error };
}

test('an AppError carries its code, its facts and the next step', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new AppError('CONNECT_REFUSED', 'No one answers.', {
    details: { port: 22 },
    hint: 'Start sshd.',
    cause,
  });
  expect(facts(error)).toEqual({
    name: 'AppError',
    code: 'CONNECT_REFUSED',
    message: 'No one answers.',
    details: { port: 22 },
    hint: 'Start sshd.',
    cause,
    hasCause: true,
    isError: true,
  });
});

test('what it was not given is empty, not undefined', () => {
  expect(facts(new AppError('INTERNAL', 'Oh.'))).toEqual({
    name: 'AppError',
    code: 'INTERNAL',
    message: 'Oh.',
    details: {},
    hint: null,
    cause: undefined,
    hasCause: false,
    isError: true,
  });
});

describe('an aborted signal becomes', () => {
  test('its own reason, where that is an AppError', () => {
    const reason = new AppError('CONNECTION_LOST', 'Gone.');
    expect(abortError(AbortSignal.abort(reason))).toBe(reason);
    expect(abortError(AbortSignal.any([new AbortController().signal, AbortSignal.abort(reason)]))).toBe(reason);
  });

  test('TIMEOUT, where a timer aborted it', async () => {
    const signal = AbortSignal.any([AbortSignal.timeout(1)]);
    while (!signal.aborted) await sleep(1);
    expect(abortError(signal)).toMatchObject({ code: 'TIMEOUT', cause: signal.reason });
  });

  test.each([[undefined], ['because'], [new Error('because')], [{ name: 'TimeoutError' }]])(
    'CANCELLED for any other reason: %s',
    (reason) => {
      const signal = AbortSignal.abort(reason);
      expect(abortError(signal)).toMatchObject({ code: 'CANCELLED', cause: signal.reason });
    },
  );
});
