/** The login that the tools use: reads, and the few writes they need. */
export const appRole = 'sallyport_app';

/** The login of free-form queries: reads only. */
export const queryRole = 'sallyport_query';
