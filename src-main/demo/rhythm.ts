/** From one health check to the next. */
export const CHECK_MS = 30_000;
/** Beyond: that check has failed. */
export const CHECK_TIMEOUT_MS = 5_000;
/** After a start: checks come every so often until one passes, and do not count until then, for so long. */
export const FIRST_CHECKS_MS = 1_000;
export const START_PERIOD_MS = 30_000;
/** A process that is asked to end has done so after this, or this at most. */
export const ENDS_MS = [200, 1_600] as const;
/** The engine waits so long before it starts again what has died. */
export const RESTART_PAUSE_MS = 2_000;
