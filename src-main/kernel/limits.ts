const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Every bound of the core in one place, with what happens beyond it. Times in milliseconds, sizes in bytes.
 */
export const limits = {
  ssh: {
    /** Beyond: CONNECT_TIMEOUT. TCP connection only. */
    connectMs: 5_000,
    /** Beyond: the name's next address is tried. Node's own 250 ms is less than a far host needs. */
    connectAttemptMs: 1_000,
    /** Beyond: HANDSHAKE_FAILED. From TCP connection to authenticated. */
    handshakeMs: 10_000,
    /** Interval and count of keepalives; a dead link is seen after about interval × (count + 1): CONNECTION_LOST. */
    keepaliveMs: 3_000,
    keepaliveCount: 2,
    /** Beyond: CONNECTION_LOST for whoever asked; the connection itself is left to its keepalive. Opening one channel. */
    openChannelMs: 5_000,
    /** Beyond: EXEC_FAILED. One registered command. */
    execMs: 5_000,
    /** Beyond: EXEC_FAILED. Further tries, and the wait before each, where sshd has not yet freed the command before. */
    execRetries: 4,
    execRetryMs: 50,
    /** Beyond: cut, and marked as cut. stdout or stderr of one registered command. */
    execOutputBytes: 64 * KIB,
    /** Beyond: the rest is not tried. Identities offered in one connection (sshd's MaxAuthTries is 6). */
    authOffers: 6,
    /**
     * Beyond: PASSPHRASE_WRONG. Passphrases tried on one key file, each of which costs a tenth of a second. A person is
     * asked fewer times (`terminal.tries`); a program may give as many lines as there are key files.
     */
    passphraseAttempts: 16,
    /** Beyond: AGENT_UNREACHABLE. Listing the agent's identities. (Signing may wait for a person: handshakeMs bounds it.) */
    agentMs: 2_000,
    /** Beyond: AGENT_UNREACHABLE. One answer of the agent; OpenSSH's own agent sends no more. */
    agentAnswerBytes: 256 * KIB,
    /** Beyond: the socket is closed without a goodbye. Wait for the host to close after a disposal. */
    goodbyeMs: 500,
    /** Beyond: KEY_INVALID. A private key file. */
    keyFileBytes: 256 * KIB,
    /** Beyond: HOST_KEY_UNREADABLE. A known_hosts file. */
    knownHostsBytes: 16 * MIB,
    /** Beyond: TARGET_INVALID. A target as written, and its parts; the path must fit a sockaddr_un (108 with its NUL). */
    targetChars: 2_048,
    hostChars: 255,
    userChars: 255,
    socketPathBytes: 107,
  },
  engine: {
    /** Beyond: ENGINE_TIMEOUT. Any answer to its last byte, a stream to its head; a turn waited for does not count. */
    requestMs: 8_000,
    /** Beyond: requests wait their turn. Pooled channels for short requests. */
    channels: 128,
    /** Beyond: load samples wait their turn. How many of the pooled channels they may take. */
    bulkChannels: 96,
    /** Beyond: the pooled channel is closed. */
    idleChannelMs: 30_000,
    /** Beyond: ENGINE_ANSWER_TOO_LARGE. By kind of answer. */
    smallAnswerBytes: 1 * MIB,
    inspectAnswerBytes: 4 * MIB,
    listAnswerBytes: 32 * MIB,
    /** Beyond: ENGINE_ANSWER_TOO_LARGE. On one host. */
    containers: 2_000,
    networks: 2_000,
    /** Beyond: ENGINE_ANSWER_TOO_LARGE, before it is parsed. JSON values in one answer; a container has about a hundred. */
    answerValues: 2_000_000,
    /** Beyond: ENGINE_ANSWER_INVALID, and the stream is asked for again. One line of the event stream. */
    eventLineBytes: 1 * MIB,
    /** Beyond: the oldest are forgotten, and would be told twice if the engine told them twice. */
    rememberedEvents: 2_048,
    /** Beyond: cut, and marked as cut. One log line, reassembled. */
    logLineBytes: 256 * KIB,
    /** Beyond: ENGINE_ANSWER_INVALID. One frame of a log stream; none is held whole, it tells a stream that is no log. */
    logFrameBytes: 64 * MIB,
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
    /** Every container is inspected again within this time, and not before half of it, whatever events tell. */
    recheckMs: 300_000,
    /** From one ping of the engine to the next. With the next it bounds how long a hung one passes for live: 8 s (DESIGN). */
    pulseMs: 2_500,
    /** Beyond: ENGINE_TIMEOUT. Silence of an engine that is being pinged; whatever it answers breaks it. */
    pulseAnswerMs: 5_000,
    /** Facts older than this many refresh intervals: unknown (DESIGN, verdicts). Load older than as many sample intervals: null. */
    staleIntervals: 3,
    /** Beyond: the oldest are forgotten. Restart evidence kept for one container. */
    historyPerContainer: 64,
    /** Beyond: the oldest are forgotten. Events before the first list; engines replay 256. */
    earlyEvents: 1_024,
    /** Beyond: the oldest are forgotten. Containers that events told of before any list showed them. */
    strangers: 256,
    /** How far back events are asked for on connecting: what the verdicts look at. */
    eventHistoryMs: 600_000,
    /** Overlap with the last event seen when the stream is opened again; duplicates are dropped. */
    eventOverlapMs: 5_000,
    /** Beyond: what has not closed is left behind; the process may end. Closing the connections of all hosts. */
    closeMs: 3_000,
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
    /** Beyond: HOME_LOCKED. How long a command waits for another one to let go of the home. */
    lockWaitMs: 2_000,
    /** Beyond: SETTINGS_INVALID (USAGE where it was typed). */
    hosts: 500,
    nameChars: 64,
    pathChars: 4096,
    identityFiles: 16,
    listEntries: 10_000,
  },
  log: {
    /** Beyond: at the next start it becomes `.old`, and the `.old` before it is gone. The log file. */
    fileBytes: 5 * MIB,
    /** Beyond: cut, and marked as cut. One text, depth or list in a log entry. */
    textChars: 8 * KIB,
    depth: 6,
    listEntries: 100,
  },
  terminal: {
    /** Beyond: USAGE. A typed answer or passphrase, and a line of --passphrase-fd; in characters. */
    answerChars: 1_024,
    /** Beyond: USAGE. Everything --passphrase-fd gives. */
    passphraseFdBytes: 64 * KIB,
    /** Beyond: the answer is no. Wrong answers to one question. */
    tries: 3,
  },
} as const;
