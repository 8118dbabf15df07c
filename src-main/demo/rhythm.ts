/** From one health check to the next. */
export const CHECK_MS = 30_000;
/** The engine waits so long before it starts again what has died. */
export const RESTART_PAUSE_MS = 2_000;
