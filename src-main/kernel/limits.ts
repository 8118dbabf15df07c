const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Every bound of the core in one place, with what happens beyond it. Times in milliseconds, sizes in bytes.
 */
export const limits = {
  ssh: {
    /** Beyond: CONNECT_TIMEOUT. TCP connection only. */
    connectMs: 5_000,
    /** Beyond: HANDSHAKE_FAILED. From TCP connection to authenticated. */
    handshakeMs: 10_000,
    /** Interval and count of keepalives; a dead link is seen after about interval × (count + 1): CONNECTION_LOST. */
    keepaliveMs: 3_000,
    keepaliveCount: 2,
    /** Beyond: FORWARD_REFUSED. Opening one channel. */
    openChannelMs: 5_000,
    /** Beyond: EXEC_FAILED. One registered command. */
    execMs: 5_000,
    /** Beyond: cut, and marked as cut. stdout or stderr of one registered command. */
    execOutputBytes: 64 * KIB,
    /** Beyond: the rest is not tried. Identities offered in one connection (sshd's MaxAuthTries is 6). */
    authOffers: 6,
    /** Beyond: KEY_INVALID. A private key file. */
    keyFileBytes: 256 * KIB,
    /** Beyond: HOST_KEY_UNREADABLE. A known_hosts file. */
    knownHostsBytes: 16 * MIB,
  },
  engine: {
    /** Beyond: ENGINE_TIMEOUT. Any answer but a stream, from request to its last byte. */
    requestMs: 8_000,
    /** Beyond: requests wait their turn. Pooled channels for short requests. */
    channels: 128,
    /** Beyond: the pooled channel is closed. */
    idleChannelMs: 30_000,
    /** Beyond: ENGINE_ANSWER_TOO_LARGE. By kind of answer. */
    smallAnswerBytes: 1 * MIB,
    inspectAnswerBytes: 4 * MIB,
    listAnswerBytes: 64 * MIB,
    /** Beyond: ENGINE_ANSWER_INVALID. One line of the event stream. */
    eventLineBytes: 1 * MIB,
    /** Beyond: cut, and marked as cut. One log line, reassembled. */
    logLineBytes: 256 * KIB,
    /** Beyond: handed on at once. Lines in one batch of a log stream. */
    logBatchLines: 500,
    /** Beyond: reading from the engine pauses. Bytes a log stream holds. */
    logHeldBytes: 4 * MIB,
  },
  fleet: {
    /** Wait between two full lists, which catch what events missed. */
    refreshMs: 10_000,
    /** Wait between two load samples of a running container. */
    sampleMs: 5_000,
    /** Facts older than this many refresh intervals: unknown (DESIGN, verdicts). */
    staleIntervals: 3,
    /** Beyond: the oldest are forgotten. Restart evidence kept for one container. */
    historyPerContainer: 64,
    reconnect: { baseMs: 1_000, capMs: 15_000 },
  },
  text: {
    /** Beyond: cut with an ellipsis. A reason or message shown to the operator, in characters. */
    reasonChars: 200,
    labelChars: 256,
  },
  settings: {
    /** Beyond: SETTINGS_BROKEN. The settings file. */
    fileBytes: 4 * MIB,
  },
} as const;
