// SPDX-License-Identifier: GPL-2.0
/*
 * Loads a module while the Nth allocation of the loading task fails.
 * Status: 0 loaded, 1 refused, 2 loaded and there was no Nth allocation, 3 it could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char text[32] = "";
	int module, nth, error;
	long status;

	if (argc != 3)
		return 3;
	module = open(argv[2], O_RDONLY);
	nth = open("/proc/self/fail-nth", O_RDWR);
	if (module < 0 || nth < 0 || write(nth, argv[1], strlen(argv[1])) < 0) {
		perror("failnth");
		return 3;
	}
	status = syscall(SYS_finit_module, module, "", 0);
	error = errno;
	/* What is left of N: 0 if the failure came. */
	if (pread(nth, text, sizeof(text) - 1, 0) < 0)
		return 3;
	if (write(nth, "0", 1) < 0)
		return 3;
	if (status) {
		printf("%s: %s\n", argv[2], strerror(error));
		return atoi(text) ? 3 : 1;
	}
	return atoi(text) ? 2 : 0;
}
