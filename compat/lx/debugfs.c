// SPDX-License-Identifier: GPL-2.0
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "debugfs.h"

static struct dentry *root;

void lx_debugfs_start(void)
{
	root = debugfs_create_dir("wsk", NULL);
}

void lx_debugfs_stop(void)
{
	debugfs_remove_recursive(root);
	root = NULL;
}

static int show(struct seq_file *seq, void *unused)
{
	void (*function)(struct lx_text *) = seq->private;

	function((struct lx_text *)seq);
	return 0;
}

static int open(struct inode *inode, struct file *file)
{
	return single_open(file, show, inode->i_private);
}

static const struct file_operations ops = {
	.owner		= THIS_MODULE,
	.open		= open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};

void lx_debugfs_add(const char *name, void (*function)(struct lx_text *))
{
	debugfs_create_file(name, 0400, root, function, &ops);
}

void lx_text_printf(struct lx_text *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	seq_vprintf((struct seq_file *)out, format, args);
	va_end(args);
}
