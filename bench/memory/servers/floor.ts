import '../report-memory.js';
import '../../http/servers/floor.js';
