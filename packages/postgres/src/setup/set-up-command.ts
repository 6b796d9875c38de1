/** What sets a database up, where nothing else is said. */
export const setUpCommand = 'npx sallyport-postgres init --apply';
