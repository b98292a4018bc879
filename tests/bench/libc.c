/* What a C library costs by itself: a program like the launcher, linked in the same way, that does nothing. */
int main(void)
{
	return 0;
}
