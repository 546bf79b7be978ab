// All of it begins here, once everything else has been read.

load();
draw();
themed(keptTheme());
listen();
refreshProgress();
recall();
document.documentElement.dataset.ready = "";
