/** The login that handlers use. */
export const appRole = 'sallyport_app';

/** The login that seals, exports and verifies the audit trail. */
export const auditRole = 'sallyport_audit';

/** The login of the SQL of agents: reads only. */
export const queryRole = 'sallyport_query';
