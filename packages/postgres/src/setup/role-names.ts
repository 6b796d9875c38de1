/** The login that handlers use. */
export const appRole = 'sallyport_app';

/** The login of the SQL of agents: reads only. */
export const queryRole = 'sallyport_query';
