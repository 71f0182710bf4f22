// Before anything of .NET runs: a program compiled for x86-64-v3 would end on an older processor without a word about what that lacks.
#include <string.h>
#include <unistd.h>

#define LACKS(feature) (__builtin_cpu_supports(feature) ? "" : " " feature)

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) return; // nobody listens
}

__attribute__((constructor)) static void check_processor(void)
{
    __builtin_cpu_init();
    const char *lacking[] = {
        LACKS("sse4.2"), LACKS("popcnt"), LACKS("avx"), LACKS("avx2"), LACKS("bmi"), LACKS("bmi2"), LACKS("fma"), LACKS("lzcnt"), LACKS("movbe"),
    };
    int any = 0;
    for (unsigned i = 0; i < sizeof lacking / sizeof *lacking; i++)
        if (*lacking[i]) any = 1;
    if (!any) return;
    say("cantor-server: this program is compiled for x86-64-v3; the processor lacks");
    for (unsigned i = 0; i < sizeof lacking / sizeof *lacking; i++) say(lacking[i]);
    say(". Take the program for all processors (-p:CantorCpu=baseline, CPU=baseline for the image)\n");
    _exit(2);
}
