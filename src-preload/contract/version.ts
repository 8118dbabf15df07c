/** Version of the contract a window and a core must share; raised when an old window could misread a new core. */
export const CONTRACT_VERSION = 3;

/** Version of every JSON document Binnacle prints or stores for others (`schema: 1`). */
export const SCHEMA_VERSION = 1;
